# Runs a release's command inside its sandbox and starts it again when it crashes.
# usage: bash supervisor.sh FOLDER COMMAND
#
# Policy: a command that ends before it has ever answered (FOLDER/answered, written from outside) is a failed
# start and is not repeated. Later ends are crashes: it is started again after 0.1, 0.2, 0.4, 0.8, 1.6 s, five
# times at most; a run of 30 s or more earns a new five. Then the supervisor ends and the release is stopped.
folder=$1
command=$2
child=
stopping=
crashes=0
pauses=(0.1 0.2 0.4 0.8 1.6)

# Two files of at most 256 reads of 4 KiB; dd writes each read at once, so a crash loses no last word.
keep_output() {
  trap '' TERM
  while dd bs=4096 count=256 status=none of="$folder/output.new" && [ -s "$folder/output.new" ]; do
    cat "$folder/output.new" > "$folder/output.old"
  done
}

end_child() {
  stopping=1
  [ -z "$child" ] || kill -TERM -- "-$child" 2> /dev/null
}

mkdir -p "$folder"
exec > >(keep_output) 2>&1 < /dev/null
trap end_child TERM
echo "$$" > "$folder/supervisor.pid"

while [ -z "$stopping" ]; do
  began=$SECONDS
  setsid bash -c "$command" &
  child=$!
  wait "$child"
  code=$?
  # A trapped signal ends the wait, not the child.
  while [ -n "$stopping" ] && kill -0 "$child" 2> /dev/null; do wait "$child"; done
  # What the command left behind would hold its port.
  kill -KILL -- "-$child" 2> /dev/null
  child=
  [ -z "$stopping" ] || break
  ((SECONDS - began >= 30)) && crashes=0
  if [ ! -e "$folder/answered" ] || ((crashes >= ${#pauses[@]})); then
    echo "[signalbox] the command ended with code $code and is not started again"
    exit "$((code == 0 ? 1 : code))"
  fi
  echo "[signalbox] the command ended with code $code; starting it again"
  sleep "${pauses[crashes]}" &
  wait $!
  crashes=$((crashes + 1))
done
exit 0
