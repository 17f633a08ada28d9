"""goals: the command side. It owns the organization's purpose, whys, goals, links, questions, units and people."""
