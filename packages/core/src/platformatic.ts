export {
  createPlatformaticDriver,
  type PlatformaticDriverOptions,
} from './driver/platformatic/platformatic-driver.js';
