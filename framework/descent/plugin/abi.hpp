#pragma once

#include "descent/base/scalar.hpp"
#include "descent/plugin/headers_hash.hpp"

// The version of Eigen, and for those who do not link with Descent's target its alignments.
#if defined(EIGEN_MAX_ALIGN_BYTES) && defined(EIGEN_MAX_STATIC_ALIGN_BYTES)
#include <Eigen/src/Core/util/Macros.h>
#else
#include <Eigen/Core>
#endif

// The ABI tag and the marks: sections whose names alone say what a library holds and what it was built for,
// so that a host can read both from the file without running a line of it. Section names survive `strip -s`,
// symbols do not.

#define DESCENT_SDK_VERSION 2

#define DESCENT_TEXT_OF(x) #x
#define DESCENT_TEXT(x) DESCENT_TEXT_OF(x)

#if defined(__SANITIZE_ADDRESS__)
#define DESCENT_ABI_SANITIZER "asan"
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DESCENT_ABI_SANITIZER "asan"
#endif
#endif
#if !defined(DESCENT_ABI_SANITIZER) && defined(__SANITIZE_THREAD__)
#define DESCENT_ABI_SANITIZER "tsan"
#endif
#ifndef DESCENT_ABI_SANITIZER
#define DESCENT_ABI_SANITIZER "none"
#endif

#ifdef _GLIBCXX_DEBUG
#define DESCENT_ABI_CONTAINERS "debug"
#else
#define DESCENT_ABI_CONTAINERS "plain"
#endif

#if defined(__AVX512F__)
#define DESCENT_ABI_ISA "avx512f"
#elif defined(__AVX2__) && defined(__FMA__)
#define DESCENT_ABI_ISA "avx2"
#elif defined(__AVX__)
#define DESCENT_ABI_ISA "avx"
#else
#define DESCENT_ABI_ISA "base"
#endif

/// Dots separate the fields: SDK version, hash of the headers, scalar, libstdc++'s string ABI, the compiler's
/// ABI, Eigen's version and alignments, container checks, sanitizer, instruction set.
#define DESCENT_ABI_TAG \
  "sdk" DESCENT_TEXT(DESCENT_SDK_VERSION) ".headers" DESCENT_HEADERS_HASH "." DESCENT_TEXT(DESCENT_SCALAR)   \
  ".cxx11abi" DESCENT_TEXT(_GLIBCXX_USE_CXX11_ABI) ".gxxabi" DESCENT_TEXT(__GXX_ABI_VERSION)                 \
  ".eigen" DESCENT_TEXT(EIGEN_WORLD_VERSION) "_" DESCENT_TEXT(EIGEN_MAJOR_VERSION)                           \
  "_" DESCENT_TEXT(EIGEN_MINOR_VERSION) ".align" DESCENT_TEXT(EIGEN_MAX_ALIGN_BYTES)                         \
  "_" DESCENT_TEXT(EIGEN_MAX_STATIC_ALIGN_BYTES) "." DESCENT_ABI_CONTAINERS "." DESCENT_ABI_SANITIZER        \
  "." DESCENT_ABI_ISA
