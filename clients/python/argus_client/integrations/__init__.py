"""The client in web frameworks and gRPC: each module imports its framework, and nothing else."""
