"""Calls between services over protobuf contracts, in the same process or over gRPC."""

import os

# gRPC's handlers around fork() meet its threads in the middle of their work. Nothing here forks but
# to execute another program, which needs none of them. Set before gRPC is first imported.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
