// Rows shared among threads, as many as TensorFlow may use for an operation.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <thread>
#include <vector>

namespace ranksweep {

/** Less work than this is not worth a thread's start, about 20 µs. */
constexpr int64_t LEAST_WORK = 1 << 18;

inline int64_t threadLimit() {
  static const int64_t limit = [] {
    const char* asked = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int64_t wanted = asked ? std::atoll(asked) : 0;
    const int64_t cores = std::thread::hardware_concurrency();
    const int64_t most = wanted > 0 ? wanted : cores;
    return most < 1 ? 1 : most > 16 ? 16 : most;
  }();
  return limit;
}

/** body(begin, end) over all of 0…count; @param work steps of arithmetic for one */
template <typename Body>
void forRanges(int64_t count, int64_t work, Body body) {
  int64_t parts = count * work / LEAST_WORK;
  parts = parts > threadLimit() ? threadLimit() : parts;
  if (parts <= 1) return body(int64_t{0}, count);
  std::vector<std::thread> others;
  for (int64_t part = 1; part < parts; part++)
    others.emplace_back([=] { body(count * part / parts, count * (part + 1) / parts); });
  body(int64_t{0}, count / parts);
  for (auto& other : others) other.join();
}

/** body(row) for each row */
template <typename Body>
void forRows(int64_t rows, int64_t work, Body body) {
  forRanges(rows, work, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) body(row);
  });
}

}  // namespace ranksweep
