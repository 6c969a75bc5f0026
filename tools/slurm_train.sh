#!/usr/bin/env bash
# Train on a Slurm cluster.
# usage: [GPUS=4 GPUS_PER_NODE=4 CPUS_PER_TASK=5 SRUN_ARGS=…] \
#        tools/slurm_train.sh PARTITION JOB_NAME CONFIG [options of train.py]
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
PARTITION=$1
JOB_NAME=$2
CONFIG=$3
shift 3
GPUS_PER_NODE=${GPUS_PER_NODE:-4}
# SRUN_ARGS holds several words on purpose.
# shellcheck disable=SC2086
exec srun --partition "$PARTITION" --job-name "$JOB_NAME" \
  --gres "gpu:$GPUS_PER_NODE" --ntasks "${GPUS:-4}" \
  --ntasks-per-node "$GPUS_PER_NODE" \
  --cpus-per-task "${CPUS_PER_TASK:-5}" --kill-on-bad-exit=1 \
  ${SRUN_ARGS:-} \
  "${PYTHON:-python}" -u "$(dirname "$0")/train.py" "$CONFIG" --launcher slurm "$@"
