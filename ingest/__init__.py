"""From files to a searchable index; knows no language model and no screen."""
