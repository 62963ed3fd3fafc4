// The live page without reloading.
