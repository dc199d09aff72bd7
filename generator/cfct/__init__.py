"""The twin of CfCT 2.8.4: what it would do with a package, as values (`run.foresee`), step by step as its source has it."""
