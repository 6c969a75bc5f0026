#!/usr/bin/env bash
# Train with several processes on one or more machines, on GPUs or CPUs.
# usage: [NNODES=2 NODE_RANK=0 MASTER_ADDR=… PORT=29500] \
#        tools/dist_train.sh CONFIG PROCESSES [options of train.py]
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
CONFIG=$1
PROCESSES=$2
shift 2
exec "${PYTHON:-python}" -m torch.distributed.run \
  --nnodes "${NNODES:-1}" --node-rank "${NODE_RANK:-0}" \
  --master-addr "${MASTER_ADDR:-127.0.0.1}" --master-port "${PORT:-29500}" \
  --nproc-per-node "$PROCESSES" \
  "$(dirname "$0")/train.py" "$CONFIG" --launcher pytorch "$@"
