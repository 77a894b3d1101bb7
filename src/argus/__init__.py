"""Argus: a self-hosted control plane and autonomous QA for web applications."""

__version__ = "0.1.0"
