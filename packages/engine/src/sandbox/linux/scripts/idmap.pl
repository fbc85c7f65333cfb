# Binds a layer so that the files of the user who wrote it belong to the user of this sandbox.
# idmap.pl MACHINE SOURCE TARGET FROM TO. util-linux has X-mount.idmap only from 2.39 on, so the system
# calls are made here: open_tree(2), mount_setattr(2), move_mount(2); their numbers are the same everywhere.
use strict;
use warnings;
my ($machine, $source, $target, $from, $to) = @ARGV;
my %unshare = (x86_64 => 272, aarch64 => 97);
my $nr = $unshare{$machine} or die "idmap: unknown machine $machine\n";
pipe(my $ready_r, my $ready_w) or die "pipe: $!";
pipe(my $done_r, my $done_w) or die "pipe: $!";
my $pid = fork() // die "fork: $!";
if ($pid == 0) {
  close $done_w;
  syscall($nr, 0x10000000) == 0 or die "idmap: unshare: $!\n";
  syswrite $ready_w, "x";
  sysread $done_r, my $ignored, 1;
  exit 0;
}
close $ready_w;
sysread($ready_r, my $byte, 1) or die "idmap: no user namespace\n";
for my $map ("uid_map", "gid_map") {
  open(my $file, '>', "/proc/$pid/$map") or die "idmap: $map: $!\n";
  syswrite($file, "$from $to 1\n") or die "idmap: $map: $!\n";
}
open(my $ns, '<', "/proc/$pid/ns/user") or die "idmap: ns: $!\n";
my $tree = syscall(428, -100, $source, 0x80001);
$tree >= 0 or die "idmap: open_tree: $!\n";
my $empty = "\0";
my $attributes = pack("QQQQ", 0x00100000, 0, 0, fileno($ns));
syscall(442, $tree, $empty, 0x1000, $attributes, 32) == 0 or die "idmap: mount_setattr: $!\n";
syscall(429, $tree, $empty, -100, $target, 4) == 0 or die "idmap: move_mount: $!\n";
close $done_w;
waitpid $pid, 0;
