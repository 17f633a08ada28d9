"""The verdict engine: one organization's goal graph, judged incrementally commit by commit."""

from services.alignment.domain.verdict.changes import Changes
from services.alignment.domain.verdict.codes import LabelChange
from services.alignment.domain.verdict.graph import Graph

__all__ = ["Changes", "Graph", "LabelChange"]
