#!/bin/sh
# One worker: begins the run in the folder $RUN, or resumes the one that stands there.
# The arguments are those of `gru-textgen train` for a new run.
set -eu
if [ -n "${JOB_COMPLETION_INDEX:-}" ]; then # of a Kubernetes Job
    export TF_CONFIG="{\"cluster\": {\"worker\": $WORKERS}, \"task\": {\"type\": \"worker\", \"index\": $JOB_COMPLETION_INDEX}}"
fi
if [ -e "$RUN/checkpoint.keras" ] || [ -e "$RUN/checkpoint.previous.keras" ]; then
    exec gru-textgen train --resume "$RUN" --strategy multi-worker
fi
exec gru-textgen train "$@" --output "$RUN" --strategy multi-worker
