"""One command for each stage: `python -m enrich_training STAGE`."""

import argparse
import importlib

from .paths import workspace

STAGES = (
    "corpora", "tokenizer", "vectors", "pretrain", "selftrain", "finetune", "calibrate", "export", "quantise", "evaluate",
    "reading", "ablation",
)
MODULES = {"tokenizer": "vocabulary"}


def main() -> None:
    """Reads the command line and runs one stage; only its module is loaded, with what that needs."""
    parser = argparse.ArgumentParser(prog="enrich_training", description=__doc__, add_help=False)
    parser.add_argument("--data", help="folder of the raw data; ENRICH_DATA_DIR, or ../shared beside the repository")
    parser.add_argument("--cache", help="folder for derived files; ENRICH_CACHE_DIR, or ~/.cache/enrich")
    parser.add_argument("--config", help="profile; configs/entities.toml")
    parser.add_argument("stage", choices=STAGES)
    known, _ = parser.parse_known_args()
    stage = importlib.import_module(f"enrich_training.{MODULES.get(known.stage, known.stage)}")
    parser = argparse.ArgumentParser(prog=f"enrich_training {known.stage}", description=stage.__doc__, parents=[parser])
    if hasattr(stage, "options"):
        stage.options(parser)
    arguments = parser.parse_args()
    space = workspace(arguments.data, arguments.cache, arguments.config)
    if hasattr(stage, "options"):
        stage.build(space, arguments)
    else:
        stage.build(space)


if __name__ == "__main__":
    main()
