"""The rules of goals: whys and purposes, objectives with their owners and closing, key results, and successors."""
