"""The prover: whether policies deny, or let through, every request that a claim is about, or which request refutes it.

Knows nothing of landing zones or packages; imports only `generator.errors`, `generator.aws` and `generator.policy`.
"""
