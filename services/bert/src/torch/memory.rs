//! What memory libtorch keeps: big buffers, and not too many compiled kernels.

use std::ffi::CStr;

/// libtorch compiles a kernel for every shape of batch that it meets and keeps the latest 1,024 of them, in each of two
/// caches, about half a megabyte a kernel. These many lose no speed that could be measured (`docs/performance.md`).
const KERNELS_KEPT: &CStr = c"64";
/// The variables that libtorch reads the capacities from when it first computes; it has no functions to set them.
const KERNEL_CACHES: [&CStr; 2] = [c"ONEDNN_PRIMITIVE_CACHE_CAPACITY", c"LRU_CACHE_CAPACITY"];

/// Bounds the kernels that libtorch keeps; a capacity that the environment names stays as it is.
///
/// To be called at the start of `main`: while another thread runs, the environment must not be changed.
pub fn bound_kernel_caches() {
    for name in KERNEL_CACHES {
        #[expect(unsafe_code, reason = "changing the environment is unsafe by nature")]
        // SAFETY: both strings end with NUL, setenv copies them, and no other thread runs yet that could read meanwhile.
        unsafe {
            libc::setenv(name.as_ptr(), KERNELS_KEPT.as_ptr(), 0);
        }
    }
}

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
pub(super) fn keep_freed_buffers() {
    #[expect(unsafe_code, reason = "glibc offers these settings as a C function only")]
    // SAFETY: mallopt takes two integers, may be called at any time, and touches no memory of ours.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MMAP_THRESHOLD);
        libc::mallopt(libc::M_TRIM_THRESHOLD, TRIM_THRESHOLD);
    }
}

/// Does nothing: other allocators keep freed buffers of their own accord.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn keep_freed_buffers() {}
