"""The rules of listening: answers to whys, questions, and what customers say."""
