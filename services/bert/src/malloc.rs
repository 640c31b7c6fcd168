//! Keeps big buffers in the process.

/// Buffers up to this many bytes come from the heap instead of a mapping of their own. glibc takes no greater value.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MMAP_THRESHOLD: libc::c_int = 32 << 20;
/// Free bytes at the end of the heap that are kept for the next batch.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const TRIM_THRESHOLD: libc::c_int = 256 << 20;

/// Tells glibc's malloc to keep freed buffers.
///
/// libtorch allocates every intermediate tensor anew. With the thresholds that glibc starts with, each goes back to
/// the kernel when it is freed, and the page faults of fetching it again cost a third of the time of a big batch.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn keep_freed_buffers() {
    #[expect(unsafe_code, reason = "glibc offers these settings as a C function only")]
    // SAFETY: mallopt takes two integers, may be called at any time, and touches no memory of ours.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MMAP_THRESHOLD);
        libc::mallopt(libc::M_TRIM_THRESHOLD, TRIM_THRESHOLD);
    }
}

/// Does nothing: other allocators keep freed buffers of their own accord.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn keep_freed_buffers() {}
