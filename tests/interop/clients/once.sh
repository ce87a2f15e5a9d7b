# once.sh COMMAND…: runs a command that asks once, and prints its exit status and output as the other clients do.
said=$("$@" 2>&1) && status=200 || status=0
printf '{"status": %s, "said": %s}\n' "$status" "$(printf %s "$said" | python3 -c 'import json, sys; print(json.dumps(sys.stdin.read()))')"
