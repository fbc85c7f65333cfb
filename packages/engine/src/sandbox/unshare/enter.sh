#!/bin/sh
# First process of the sandbox's PID namespace and root of its user namespace, before anything hostile exists:
# builds the new root, moves into it, and stays behind as the reaper of an init that has no rights at all.
# enter.sh ROOT FSTAB FOLDERS FILES LINKS COMMAND...; lists are separated by newlines, links are "target path".
set -eu
root=$1 fstab=$2 folders=$3 files=$4 links=$5
shift 5
mount -t tmpfs -o mode=755,size=1m,nosuid,nodev tmpfs "$root"
cd "$root"
IFS='
'
set -f
mkdir -p $folders
touch $files
for link in $links; do ln -s "${link%% *}" "${link#* }"; done
printf '%s\n' "$fstab" >.fstab
mount --all --fstab "$root/.fstab"
rm .fstab
hostname sbx
if command -v ip >/dev/null; then
  ip link set lo up
else
  perl -e 'socket(my $s, 2, 2, 0) or die; ioctl($s, 0x8914, pack("a16s x14", "lo", 0x49)) or die "lo: $!\n"'
fi
# One more user namespace may be made, and that is the one below.
echo 1 >proc/sys/user/max_user_namespaces
pivot_root . .old
cd /
umount -l /.old
rmdir /.old
mount -o remount,bind,ro,nosuid,nodev /
cd /workspace
# Not in the background for a terminal's sake: this shell reaps what the sandbox leaves behind.
"$@" &
wait $! || exit $?
