"""Calls between services over protobuf contracts, in the same process or over gRPC."""
