#!/bin/sh
# First process of the job's PID namespace: a root of our own that is the host's in everything but the folders of
# the job. No isolation: the host's files, devices and network are what the job sees.
# enter.sh ROOT FSTAB FOLDERS FILES COMMAND...; lists are separated by newlines.
set -eu
root=$1 fstab=$2 folders=$3 files=$4
shift 4
mount -t tmpfs -o mode=755,size=1m,nosuid tmpfs "$root"
attach() {
  if [ -L "$1" ]; then cp -P "$1" "$root$1"
  elif [ -d "$1" ]; then mkdir "$root$1"; mount --rbind "$1" "$root$1"
  fi
}
for entry in /*; do
  case "$entry" in
    /proc | /workspace) ;;
    # Ours are made beside what is there, without writing to the host.
    /home | /opt) mkdir "$root$entry"; for child in "$entry"/*; do attach "$child"; done ;;
    *) attach "$entry" ;;
  esac
done
cd "$root"
IFS='
'
set -f
mkdir -p proc .old $folders
if [ -n "$files" ]; then touch $files; fi
printf '%s\n' "$fstab" >.fstab
mount --all --fstab "$root/.fstab"
rm .fstab
mount -t proc -o nosuid,nodev,noexec proc proc
pivot_root . .old
cd /
umount -l /.old
rmdir /.old
cd /workspace
"$@" &
wait $! || exit $?
