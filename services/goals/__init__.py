"""goals: the command side. Owns what an organization has said and agreed."""
