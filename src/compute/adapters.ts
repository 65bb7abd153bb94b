/**
 * Which graphics adapters this place offers, asked without starting anything, and whether they are software. A software
 * adapter computes on the CPU and loses to WASM by a factor of ten and more on small networks.
 */
export interface AdapterLook {
  present: boolean;
  /** The adapter's name, or why there is none. */
  detail: string;
  software: boolean;
}

const inNode = 'Node has no graphics adapter';
const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|microsoft basic render|software rasterizer|software adapter/i;

export function isSoftwareName(name: string): boolean {
  return softwareNames.test(name);
}

/** The adapter that a `requestDevice` would come from. */
export async function lookForWebGpu(): Promise<AdapterLook> {
  if (import.meta.env.SSR) return { present: false, detail: inNode, software: false };
  if (!('gpu' in navigator) || !navigator.gpu) {
    return { present: false, detail: 'this browser has no WebGPU', software: false };
  }
  const adapter = await requestAdapter();
  if (!adapter) return { present: false, detail: 'WebGPU finds no adapter on this machine', software: false };
  return { present: true, ...describeAdapter(adapter.info) };
}

/** The adapter meant for computing; null if there is none, also where the request itself fails. */
export async function requestAdapter(): Promise<GPUAdapter | null> {
  try {
    return await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch {
    return null;
  }
}

/** `NVIDIA ampere`, and whether it is software by what it says of itself. */
export function describeAdapter(
  info: Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'description'> & { device?: string; isFallbackAdapter?: boolean },
): { detail: string; software: boolean } {
  const words = [info.vendor, info.architecture, info.device, info.description].filter((word) => word);
  const software =
    info.isFallbackAdapter === true ||
    (/^google$/i.test(info.vendor) && /swiftshader/i.test(info.architecture)) ||
    isSoftwareName(words.join(' '));
  const known = words.join(' ').match(softwareNames)?.[0]?.toLowerCase();
  const name = known ? properName(known) : info.description || [info.vendor, info.architecture].filter(Boolean).join(' ');
  return { detail: name || (software ? 'an unnamed software adapter' : 'an unnamed adapter'), software };
}

function properName(known: string): string {
  if (known === 'swiftshader') return 'SwiftShader';
  if (known.startsWith('microsoft')) return 'Microsoft Basic Render';
  return known;
}

/** The adapter behind WebGL 2, asked of a canvas of one pixel that is thrown away. */
export function lookForWebGl(): AdapterLook {
  if (import.meta.env.SSR) return { present: false, detail: inNode, software: false };
  if (typeof OffscreenCanvas === 'undefined') {
    return { present: false, detail: 'this browser has no WebGL in a worker', software: false };
  }
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) return { present: false, detail: 'WebGL 2 finds no adapter on this machine', software: false };
  const unmasked = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gl.getParameter(unmasked ? unmasked.UNMASKED_RENDERER_WEBGL : gl.RENDERER) ?? '');
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  const known = renderer.match(softwareNames)?.[0]?.toLowerCase();
  return { present: true, detail: known ? properName(known) : renderer, software: known !== undefined };
}
