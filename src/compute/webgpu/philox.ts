/**
 * Philox 4x32-10 and normal deviates in WGSL: the integers of `numeric/random.ts` bit for bit, the normal deviates to about
 * 3e-3, because WGSL allows that error in `sin` and `cos`.
 */
export const philoxWgsl = /* wgsl */ `
fn multiplyHigh(a: u32, b: u32) -> u32 {
  let al = a & 0xffffu; let ah = a >> 16u; let bl = b & 0xffffu; let bh = b >> 16u;
  let middle = ah * bl + ((al * bl) >> 16u);
  let low = al * bh + (middle & 0xffffu);
  return ah * bh + (middle >> 16u) + (low >> 16u);
}
fn philox(counter: vec4<u32>, firstKey: vec2<u32>) -> vec4<u32> {
  var c = counter; var key = firstKey;
  for (var round = 0; round < 10; round++) {
    let h0 = multiplyHigh(0xD2511F53u, c.x); let l0 = 0xD2511F53u * c.x;
    let h1 = multiplyHigh(0xCD9E8D57u, c.z); let l1 = 0xCD9E8D57u * c.z;
    c = vec4<u32>(h1 ^ c.y ^ key.x, l1, h0 ^ c.w ^ key.y, l0);
    key += vec2<u32>(0x9E3779B9u, 0xBB67AE85u);
  }
  return c;
}
// The normal deviate number "draw" of a cursor at (seed, stream, step, index).
fn normalDeviate(seed: u32, stream: u32, step: u32, index: u32, draw: u32) -> f32 {
  let words = philox(vec4<u32>(draw / 4u, index, step, 0u), vec2<u32>(seed, stream));
  let pair = select(words.xy, words.zw, (draw & 2u) != 0u);
  let radius = sqrt(-2.0 * log((f32(pair.x >> 8u) + 0.5) * 5.9604644775390625e-8));
  let angle = 6.283185307179586 * (f32(pair.y >> 8u) * 5.9604644775390625e-8 - 0.5);
  return radius * select(cos(angle), sin(angle), (draw & 1u) != 0u);
}
`;
