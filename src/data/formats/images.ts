/**
 * A single PNG or JPEG image. Sets of images come as a ZIP archive with one folder per class, or as loose files that `folderSource` bundles
 * into one source; both end in the same arrays.
 */
import type { Format } from './contract.ts';
import { imageKind } from './images/header.ts';

const images: Format = {
  id: 'images',
  name: 'Images',
  extensions: ['png', 'jpg', 'jpeg'],
  recognises: (head) => (imageKind(head) ? 1 : 0),
  open: async (source, options) => {
    const { openImages } = await import('./images/open.ts');
    return openImages(source.name, [{ path: source.name, bytes: () => source.read(0, source.size) }], options);
  },
};
export default images;
