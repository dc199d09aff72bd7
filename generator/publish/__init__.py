"""Deliver a package to where CfCT reads it: a branch in CodeCommit, any git remote, or the zip in CfCT's bucket.

Only what was checked is delivered, byte for byte; a remote holds the old package or the new one, whole, at every moment.
"""
