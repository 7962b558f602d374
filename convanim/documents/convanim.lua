-- A filter for Pandoc and Quarto: code blocks of the class convanim become pictures, which the command convanim draws.

local drawn = {}

-- Return a picture as its name and its alternative text; it is in the media bag then.
local function draw(text)
  if drawn[text] == nil then
    local is_drawn, answer = pcall(pandoc.pipe, 'convanim', {'pandoc', '--draw', FORMAT}, text)
    if not is_drawn then
      local is_found = type(answer) == 'table' and answer.error_code ~= 127
      error(is_found and 'convanim refuses this block:\n' .. text or 'convanim is not found; pip install convanim', 0)
    end
    local media, name, alt, content = answer:match('^([^\t]*)\t([^\t]*)\t([^\n]*)\n(.*)$')
    pandoc.mediabag.insert(name, media, content)
    drawn[text] = {name = name, alt = alt}
  end
  return drawn[text].name, drawn[text].alt
end

-- Return the options of a block: its attributes, and lines such as "#| fig-cap: words", as Quarto has them.
local function options_of(block)
  local options = {}
  for line in (block.text .. '\n'):gmatch('(.-)\r?\n') do
    local name, value = line:match('^#|%s*([%w-]+):%s*(.-)%s*$')
    if name ~= nil then
      options[name] = value:match('^"(.*)"$') or value:match("^'(.*)'$") or value
    end
  end
  for name, value in pairs(block.attributes) do
    options[name] = value
  end
  return options
end

local function taken(options, ...)
  local found
  for _, name in ipairs({...}) do
    found = found or options[name]
    options[name] = nil
  end
  return found
end

function CodeBlock(block)
  if not block.classes:includes('convanim') then
    return nil
  end
  local name, alt = draw(block.text)
  local options = options_of(block)
  local caption = taken(options, 'caption', 'fig-cap')
  local id = block.identifier ~= '' and block.identifier or options['label'] or ''
  alt = taken(options, 'alt', 'fig-alt') or alt
  options['label'] = nil
  local classes = block.classes:filter(function(class) return class ~= 'convanim' end)

  if caption == nil then
    return pandoc.Para({pandoc.Image({pandoc.Str(alt)}, name, '', pandoc.Attr(id, classes, options))})
  end
  local words = pandoc.utils.blocks_to_inlines(pandoc.read(caption, 'markdown').blocks)
  if pandoc.Figure ~= nil then
    local image = pandoc.Image({pandoc.Str(alt)}, name, '', pandoc.Attr('', classes, options))
    return pandoc.Figure({pandoc.Plain({image})}, {long = {pandoc.Plain(words)}}, pandoc.Attr(id))
  end
  -- Before version 3, this title made a figure of a picture.
  options['alt'] = alt
  return pandoc.Para({pandoc.Image(words, name, 'fig:', pandoc.Attr(id, classes, options))})
end
