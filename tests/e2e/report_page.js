(() => {
  const parse = (text) => {
    const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g).map(Number);
    return { red, green, blue, alpha };
  };
  const lighten = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const measure = ({ red, green, blue }) =>
    0.2126 * lighten(red / 255) + 0.7152 * lighten(green / 255) + 0.0722 * lighten(blue / 255);
  const findGround = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour.alpha === 1) return colour;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? parse("rgb(18, 18, 18)") : parse("rgb(255, 255, 255)");
  };
  const pale = [];
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const isPicture = element.closest("svg") !== null;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("script, style, title, desc")) continue;
    const style = getComputedStyle(element);
    const [one, other] = [measure(parse(isPicture ? style.fill : style.color)), measure(findGround(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    texts += 1;
    if (contrast < 4.5) pale.push(`${element.localName}.${element.className} ${contrast.toFixed(2)} ${walker.currentNode.data.trim()}`);
  }
  return {
    texts,
    pale,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    unnamed: [...document.querySelectorAll("input, button, svg[role=img], table")].filter(
      (each) => !(each.ariaLabel || each.labels?.length || each.textContent.trim())).length,
  };
})()
