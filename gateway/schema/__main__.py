"""`python -m gateway.schema` rewrites `gateway/schema.graphql`."""

from pathlib import Path

from gateway.schema.build import sdl

if __name__ == "__main__":
    Path(__file__).parents[1].joinpath("schema.graphql").write_text(sdl(), encoding="utf-8")
