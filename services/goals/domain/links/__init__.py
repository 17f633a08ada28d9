"""The rules of links: how they are proposed and negotiated, what the goal graph refuses, and what a goal's end ends."""
