// The turn of the dial: where it stands, wound by a finger or by the phone, brought home by its governor.

const HOME_DEG_S = 300; // one hole's pitch in 100 ms: ten pulses a second
const WIND_DEG_S = 400;
const PITCH_DEG = 30;

/** How far a digit's hole is from the stop: 60 degrees for 1, 330 for 0. */
export const travel = (digit) => PITCH_DEG * ((Number(digit) || 10) + 1);

/** place(degrees) draws it; pulsed() is each break of the contact, whirring(on) the governor. */
export class Wheel {
  constructor(place, pulsed, whirring) {
    this.at = 0;
    this.place = place;
    this.pulsed = pulsed;
    this.whirring = whirring;
  }

  /** A finger holds it here. */
  hold(degrees) {
    this.#run(degrees, Infinity);
  }

  /** As a hand winds it to the stop. */
  wind(digit) {
    this.#run(travel(digit), WIND_DEG_S);
  }

  /** Let go. */
  home() {
    if (this.at > 0 && !this.homing) this.#run(0, HOME_DEG_S);
  }

  #run(target, speed) {
    cancelAnimationFrame(this.frame);
    const [from, began] = [this.at, performance.now()];
    const way = target - from;
    this.homing = target === 0;
    this.whirring(this.homing && way !== 0);
    const step = (now) => {
      const gone = Math.min(Math.abs(way), (speed * Math.max(0, now - began)) / 1000);
      const at = speed === Infinity || gone === Math.abs(way) ? target : from + Math.sign(way) * gone;
      if (this.homing && Math.floor(at / PITCH_DEG) < Math.floor(this.at / PITCH_DEG) && at >= PITCH_DEG) this.pulsed();
      this.at = at;
      this.place(at);
      if (at !== target) this.frame = requestAnimationFrame(step);
      else if (this.homing) this.whirring((this.homing = false));
    };
    step(began);
  }
}
