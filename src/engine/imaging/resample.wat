;; The two passes of [Note: Resampling as the reference does], sixteen bytes at a time. Pictures are RGB bytes, weights are signed
;; 16-bit numbers with 1.0 = 1 << 14, and each pass rounds to bytes. Memory is laid out by resample.ts; up to 16 bytes beyond
;; each picture are read (and mean nothing) or written.
(module
  (memory (export "memory") 1)

  ;; Down the columns: row y of the result is the weighted sum of `count` (even) rows of the source from first[y] on.
  (func (export "down")
    (param $source i32)   ;; first byte of the columns that are wanted, in row 0
    (param $stride i32)   ;; bytes from one row of the source to the next
    (param $result i32)   ;; rows of $wide bytes
    (param $wide i32)     ;; bytes of a row of the result, a multiple of 16
    (param $first i32)    ;; int32 for each row of the result
    (param $weights i32)  ;; $count int16 for each row of the result
    (param $count i32)
    (param $height i32)
    (local $row i32) (local $x i32) (local $at i32) (local $weight i32) (local $end i32)
    (local $a v128) (local $b v128) (local $pair v128) (local $half v128)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (local.set $half (i32x4.splat (i32.const 8192)))
    (block $done
      (loop $rows
        (br_if $done (i32.eqz (local.get $height)))
        (local.set $row
          (i32.add (local.get $source) (i32.mul (i32.load (local.get $first)) (local.get $stride))))
        (local.set $end (i32.add (local.get $weights) (i32.shl (local.get $count) (i32.const 1))))
        (local.set $x (i32.const 0))
        (loop $columns
          (local.set $s0 (local.get $half))
          (local.set $s1 (local.get $half))
          (local.set $s2 (local.get $half))
          (local.set $s3 (local.get $half))
          (local.set $at (i32.add (local.get $row) (local.get $x)))
          (local.set $weight (local.get $weights))
          (loop $taps
            (local.set $a (v128.load (local.get $at)))
            (local.set $at (i32.add (local.get $at) (local.get $stride)))
            (local.set $b (v128.load (local.get $at)))
            (local.set $at (i32.add (local.get $at) (local.get $stride)))
            (local.set $pair (v128.load32_splat (local.get $weight)))
            (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
            ;; The two rows' bytes in turn: each pair is multiplied by its two weights and summed in one step.
            (local.set $s0 (i32x4.add (local.get $s0) (i32x4.dot_i16x8_s (local.get $pair)
              (i16x8.extend_low_i8x16_u
                (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23 (local.get $a) (local.get $b))))))
            (local.set $s1 (i32x4.add (local.get $s1) (i32x4.dot_i16x8_s (local.get $pair)
              (i16x8.extend_high_i8x16_u
                (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23 (local.get $a) (local.get $b))))))
            (local.set $s2 (i32x4.add (local.get $s2) (i32x4.dot_i16x8_s (local.get $pair)
              (i16x8.extend_low_i8x16_u
                (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31 (local.get $a) (local.get $b))))))
            (local.set $s3 (i32x4.add (local.get $s3) (i32x4.dot_i16x8_s (local.get $pair)
              (i16x8.extend_high_i8x16_u
                (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31 (local.get $a) (local.get $b))))))
            (br_if $taps (i32.lt_u (local.get $weight) (local.get $end))))
          (v128.store (i32.add (local.get $result) (local.get $x))
            (i8x16.narrow_i16x8_u
              (i16x8.narrow_i32x4_s
                (i32x4.shr_s (local.get $s0) (i32.const 14)) (i32x4.shr_s (local.get $s1) (i32.const 14)))
              (i16x8.narrow_i32x4_s
                (i32x4.shr_s (local.get $s2) (i32.const 14)) (i32x4.shr_s (local.get $s3) (i32.const 14)))))
          (local.set $x (i32.add (local.get $x) (i32.const 16)))
          (br_if $columns (i32.lt_u (local.get $x) (local.get $wide))))
        (local.set $result (i32.add (local.get $result) (local.get $wide)))
        (local.set $first (i32.add (local.get $first) (i32.const 4)))
        (local.set $weights (local.get $end))
        (local.set $height (i32.sub (local.get $height) (i32.const 1)))
        (br $rows))))

  ;; Across the rows: pixel x of a result row is the weighted sum of `count` (a multiple of 4) pixels from byte first[x] on.
  (func (export "across")
    (param $source i32)
    (param $stride i32)
    (param $result i32)   ;; rows of $width pixels without padding
    (param $width i32)
    (param $first i32)    ;; int32 for each pixel of a row, in bytes
    (param $weights i32)  ;; $count int16 for each pixel of a row
    (param $count i32)
    (param $height i32)
    (local $x i32) (local $at i32) (local $weight i32) (local $end i32) (local $firsts i32) (local $bytes i32)
    (local $pixels v128) (local $none v128) (local $half v128) (local $s0 v128) (local $s1 v128)
    (local.set $half (i32x4.splat (i32.const 8192)))
    (local.set $bytes (i32.shl (local.get $count) (i32.const 1)))
    (block $done
      (loop $rows
        (br_if $done (i32.eqz (local.get $height)))
        (local.set $x (local.get $width))
        (local.set $firsts (local.get $first))
        (local.set $weight (local.get $weights))
        (loop $columns
          (local.set $s0 (local.get $half))
          (local.set $s1 (local.get $none))
          (local.set $at (i32.add (local.get $source) (i32.load (local.get $firsts))))
          (local.set $end (i32.add (local.get $weight) (local.get $bytes)))
          (loop $taps
            (local.set $pixels (v128.load (local.get $at)))
            ;; Two pixels' reds, greens and blues side by side, widened by zeros: a pair each for one step of the sum.
            (local.set $s0 (i32x4.add (local.get $s0) (i32x4.dot_i16x8_s
              (v128.load32_splat (local.get $weight))
              (i8x16.shuffle 0 16 3 16 1 16 4 16 2 16 5 16 16 16 16 16 (local.get $pixels) (local.get $none)))))
            (local.set $s1 (i32x4.add (local.get $s1) (i32x4.dot_i16x8_s
              (v128.load32_splat offset=4 (local.get $weight))
              (i8x16.shuffle 6 16 9 16 7 16 10 16 8 16 11 16 16 16 16 16 (local.get $pixels) (local.get $none)))))
            (local.set $at (i32.add (local.get $at) (i32.const 12)))
            (local.set $weight (i32.add (local.get $weight) (i32.const 8)))
            (br_if $taps (i32.lt_u (local.get $weight) (local.get $end))))
          (local.set $s0 (i32x4.shr_s (i32x4.add (local.get $s0) (local.get $s1)) (i32.const 14)))
          (local.set $s0 (i16x8.narrow_i32x4_s (local.get $s0) (local.get $s0)))
          ;; Four bytes; the fourth is the next pixel's first and is written over.
          (v128.store32_lane 0 (local.get $result) (i8x16.narrow_i16x8_u (local.get $s0) (local.get $s0)))
          (local.set $result (i32.add (local.get $result) (i32.const 3)))
          (local.set $firsts (i32.add (local.get $firsts) (i32.const 4)))
          (local.set $x (i32.sub (local.get $x) (i32.const 1)))
          (br_if $columns (local.get $x)))
        (local.set $source (i32.add (local.get $source) (local.get $stride)))
        (local.set $height (i32.sub (local.get $height) (i32.const 1)))
        (br $rows)))))
