"""`python -m train`."""

from train.cli.app import main_of_module

if __name__ == "__main__":
    main_of_module()
