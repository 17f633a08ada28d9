"""Following the streams of upstreams: order, gaps, forks, silence and repair, without a state or a store."""
