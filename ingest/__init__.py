"""From files to a searchable index; knows no language model and no screen."""

import os

os.environ.update(  # read when a library is imported, so it is said before any is, in every process that imports a stage
    ORT_DISABLE_TELEMETRY="1", ANONYMIZED_TELEMETRY="False", HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1"
)
