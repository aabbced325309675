"""`python -m realtime`."""

from realtime.cli import app

if __name__ == "__main__":
    app(prog_name="python -m realtime")
