"""Source of the Lambda functions that templates embed: real modules with tests, made one file by `generator.handlers.bundle`."""
