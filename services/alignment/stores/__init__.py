"""SQL of alignment: an organization's graph, figures and silos, loaded and saved together."""
