"""The IAM policy language: documents with positions, patterns, conditions, and the reference semantics of a request.

Knows nothing of landing zones or packages; imports only `generator.errors` and `generator.aws`.
"""
