#pragma once

/// Marks what libdescent offers to plugins and programs; everything else in the library is hidden.
#define DESCENT_API __attribute__((visibility("default")))
