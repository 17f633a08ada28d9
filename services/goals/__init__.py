"""goals: the command side. Owns what an organisation has said and agreed."""
