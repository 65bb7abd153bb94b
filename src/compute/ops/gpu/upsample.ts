/** WGSL of bilinear upsampling by two and its transpose, one invocation per number put out. x is [n, h, w, c]. */

type Shape = readonly [number, number, number, number];

const head =
  '@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>)';

/** in0 x; out0 [n, 2h, 2w, c]. */
export function upsampleCode([n, h, w, c]: Shape): string {
  return `${head} {
  let index = i32(id.x + id.y * count.x * 64u);
  if (index >= ${4 * n * h * w * c}) { return; }
  let channel = index % ${c}; var rest = index / ${c};
  let s = rest % ${2 * w}; rest = rest / ${2 * w};
  let r = rest % ${2 * h}; let image = rest / ${2 * h};
  let near = r / 2; let far = clamp(near + select(1, -1, r % 2 == 0), 0, ${h - 1});
  let close = s / 2; let next = clamp(close + select(1, -1, s % 2 == 0), 0, ${w - 1});
  let a = (image * ${h} + near) * ${w}; let b = (image * ${h} + far) * ${w};
  out0[index] = 0.5625 * in0[(a + close) * ${c} + channel] + 0.1875 * (in0[(a + next) * ${c} + channel] + in0[(b + close) * ${c} + channel])
    + 0.0625 * in0[(b + next) * ${c} + channel];
}`;
}

/** in0 dy [n, 2h, 2w, c]; out0 dx. An edge stands for the neighbour that it lacks. */
export function upsampleGradientCode([n, h, w, c]: Shape): string {
  return `
fn weight(to: i32, i: i32, last: i32) -> f32 {
  // how much of input i is in output to
  let near = to / 2; let far = clamp(near + select(1, -1, to % 2 == 0), 0, last);
  return select(0.0, 0.75, near == i) + select(0.0, 0.25, far == i);
}
${head} {
  let index = i32(id.x + id.y * count.x * 64u);
  if (index >= ${n * h * w * c}) { return; }
  let channel = index % ${c}; var rest = index / ${c};
  let x = rest % ${w}; rest = rest / ${w};
  let y = rest % ${h}; let image = rest / ${h};
  var sum = 0.0;
  for (var r = max(2 * y - 1, 0); r <= min(2 * y + 2, ${2 * h - 1}); r++) {
    let down = weight(r, y, ${h - 1});
    for (var s = max(2 * x - 1, 0); s <= min(2 * x + 2, ${2 * w - 1}); s++) {
      sum += down * weight(s, x, ${w - 1}) * in0[((image * ${2 * h} + r) * ${2 * w} + s) * ${c} + channel];
    }
  }
  out0[index] = sum;
}`;
}
