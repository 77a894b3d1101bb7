"""Argus: a self-hosted control plane and autonomous QA for web applications."""
