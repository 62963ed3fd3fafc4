//! The guest's whole disk, in memory: busybox, the drivers, and whatever programs a test wants to run there.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What the guest is started with, beside the programs.
const INIT: &str = include_str!("init");

/// Drivers, by the names of their files; what they need comes along.
const DRIVERS: [&str; 5] = ["virtio_pci", "virtio_net", "vivid", "uvcvideo", "vhci-hcd"];

/// The kernel that `cargo xtask test` has unpacked.
pub(crate) struct Kernel {
    folder: PathBuf,
    version: String,
}

impl Kernel {
    pub(crate) fn unpacked() -> Kernel {
        let told = std::env::var_os("LINESHOT_KERNEL").map(PathBuf::from);
        let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/lineshot/kernel");
        let folder = told.unwrap_or_else(home);
        let versions = fs::read_dir(folder.join("lib/modules")).unwrap_or_else(|error| {
            panic!("no kernel in {} ({error}); `cargo xtask test` fetches it", folder.display())
        });
        let version = versions.map(|entry| entry.unwrap().file_name().into_string().unwrap()).max().unwrap();
        Kernel { folder, version }
    }

    /// What qemu boots.
    pub(crate) fn image(&self) -> PathBuf {
        self.folder.join(format!("boot/vmlinuz-{}", self.version))
    }

    /// From the top of the guest's disk as well as of the unpacked package.
    fn modules(&self) -> PathBuf {
        Path::new("lib/modules").join(&self.version)
    }
}

/// The lines of `modules.dep` for these drivers and for all that they need: a file, a colon, the files it needs.
fn needed<'a>(list: &'a str, drivers: &[&str]) -> Vec<(&'a str, &'a str)> {
    let files: BTreeSet<&str> = drivers
        .iter()
        .flat_map(|driver| {
            let end = format!("/{driver}.ko");
            let line =
                list.lines().filter_map(|line| line.split_once(':')).find(|(file, _)| file.ends_with(&end));
            let (file, needs) = line.unwrap_or_else(|| panic!("the kernel has no driver {driver}"));
            needs.split_whitespace().chain([file])
        })
        .collect();
    list.lines().filter_map(|line| line.split_once(':')).filter(|(file, _)| files.contains(file)).collect()
}

/// What is to be the guest's disk, in a folder of the test's.
pub(crate) struct Disk {
    top: PathBuf,
}

impl Disk {
    /// With busybox and the drivers; `top` is made.
    pub(crate) fn new(top: PathBuf, kernel: &Kernel) -> Disk {
        let disk = Disk { top };
        for folder in ["bin", "dev", "proc", "sys", "tmp", "run", "etc", "var/lib"] {
            fs::create_dir_all(disk.top.join(folder)).unwrap();
        }
        disk.put(Path::new("/bin/busybox"), "bin/busybox");
        let init = disk.top.join("init");
        fs::write(&init, INIT).unwrap();
        fs::set_permissions(&init, fs::Permissions::from_mode(0o755)).unwrap();
        let modules = kernel.modules();
        let list = fs::read_to_string(kernel.folder.join(&modules).join("modules.dep")).unwrap();
        let needed = needed(&list, &DRIVERS);
        for (file, _) in &needed {
            disk.put(&kernel.folder.join(&modules).join(file), modules.join(file));
        }
        let lines: String = needed.iter().map(|(file, needs)| format!("{file}:{needs}\n")).collect();
        fs::write(disk.top.join(&modules).join("modules.dep"), lines).unwrap();
        disk
    }

    /// A program without what only a debugger reads, and the libraries it is linked with.
    pub(crate) fn put_program(&self, name: &str, program: &Path) {
        let to = self.top.join("bin").join(name);
        said(Command::new("strip").arg("--strip-debug").arg("-o").arg(&to).arg(program));
        let libraries = said(Command::new("ldd").arg(program));
        for library in libraries.split_whitespace().filter(|word| word.starts_with('/')) {
            self.put(Path::new(library), library.trim_start_matches('/'));
        }
    }

    fn put(&self, file: &Path, to: impl AsRef<Path>) {
        let to = self.top.join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(file, &to).unwrap_or_else(|error| {
            panic!("{} is not there ({error}); `cargo xtask test` installs it", file.display())
        });
    }

    /// Packs it as the kernel unpacks it: a cpio archive, uncompressed because the guest is slow.
    pub(crate) fn packed(self) -> PathBuf {
        let archive = self.top.with_extension("cpio");
        let pack = "find . | cpio --create --format=newc --owner=0:0 --quiet > \"$0\"";
        said(Command::new("sh").args(["-c", pack]).arg(&archive).current_dir(&self.top));
        archive
    }
}

/// What a program of this machine says; it has to succeed.
fn said(command: &mut Command) -> String {
    let output: Output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_driver_comes_with_all_that_it_needs() {
    let list = "kernel/a/mc.ko:\nkernel/a/videodev.ko: kernel/a/mc.ko\nkernel/b/other.ko:\n\
                kernel/b/uvcvideo.ko: kernel/a/videodev.ko kernel/a/mc.ko\n";
    let files: Vec<_> = needed(list, &["uvcvideo"]).into_iter().map(|(file, _)| file).collect();
    assert_eq!(files, ["kernel/a/mc.ko", "kernel/a/videodev.ko", "kernel/b/uvcvideo.ko"]);
}
