"""`goldenthread doctor --deployment`: whether what a process needs is there, asked from where the process runs.

Every file checks one thing it needs, and says what is wrong in one sentence, with what to do next. Nothing is changed
by asking, and no secret is shown.
"""
