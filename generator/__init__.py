"""Writes, checks and proves packages for Customizations for AWS Control Tower (CfCT)."""

__version__ = "0.1.0"
