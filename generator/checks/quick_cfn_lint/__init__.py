"""cfn-lint's findings in a third of its time: what it does again and again is done once, and what it loads and never uses is not loaded.

Some of its functions get a form that gives what they give, in the versions whose code was read for it (`table` says which functions,
`loading` for which versions). With any other version cfn-lint stays as it is: everything works, only slower. `running` and `contexts`
hold the forms, `start` and `lean_sympy` what is left out of its start. All of it happens in the process that lints, nowhere else.
"""
