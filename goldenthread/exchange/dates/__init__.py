"""Days and planning periods as people write them."""
